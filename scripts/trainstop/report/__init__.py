"""Records to words: Markdown from templates. Imports records and nothing else of trainstop."""
