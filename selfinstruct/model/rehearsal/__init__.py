"""`rehearsal`: a simulated OpenAI-compatible service, to run everything for nothing."""
