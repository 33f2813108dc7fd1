"""The operations, one module for each area of the service; `table` lists them all."""
