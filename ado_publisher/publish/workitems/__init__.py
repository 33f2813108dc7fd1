"""What a publish does to work items when it is asked to: test cases, their links, bugs."""
