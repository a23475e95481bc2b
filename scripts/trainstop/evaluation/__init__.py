"""From a job to what `evaluate` judges: answers of the candidate, of its seeds and of the champion; clusters."""
