"""Places: schools, gas lines, hydrants … loaded from files, kept, found by position."""
