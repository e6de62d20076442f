"""The demonstration: a believable year of made-up people, lived through the product's own services."""
