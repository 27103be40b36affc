"""How figures, dates and terms are written for people; one file a language."""
