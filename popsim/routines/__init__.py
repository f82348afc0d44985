"""Days as people live them: activities, bouts, diaries, trips and stays."""
