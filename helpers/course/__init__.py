"""What a notebook uses: sections, their claims and exercises, and the learner's copies of the course's files."""
