"""What is counted: facts of cases, the one table of figures over them, scores."""
