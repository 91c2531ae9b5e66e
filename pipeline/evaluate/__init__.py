"""One scorer per task, each on a gold file given by path, with an off-the-shelf baseline computed in the same run."""
