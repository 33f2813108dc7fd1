"""Two systems kept equal: what is changed on one side is changed on the other, once."""
