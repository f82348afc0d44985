"""What a run found: arms compared, with intervals; pooling through the day; one person's day."""
