"""Labelled passages that the learned reader was trained on, written for the project: invented buyers and tenders."""
