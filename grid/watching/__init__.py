"""What is seen only across cases: surges, repetition, duplicates."""
