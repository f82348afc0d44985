"""Running scenarios: files, arms, shards, engines, resuming."""
