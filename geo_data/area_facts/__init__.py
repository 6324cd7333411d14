"""Facts of areas: inhabitants, households, businesses … of a day, loaded from files, and kept."""
