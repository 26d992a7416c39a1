"""What became of an item or of a whole write: the word that results and reports say."""

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
