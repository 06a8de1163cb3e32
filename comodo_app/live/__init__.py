"""Live: sources of moving sensors, their repair, the rolling recognizer, the recorder. No Qt, no
torch."""
