"""The programs that are measured, each started by an interpreter of its own."""
