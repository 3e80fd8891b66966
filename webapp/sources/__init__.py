"""Where jobs come from: finding them in authors' files, loading them, and naming the version of their code."""
