"""Sites, rooms and sittings for the office."""
