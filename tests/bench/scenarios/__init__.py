"""What is measured, in the order of the report."""
