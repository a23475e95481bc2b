"""One file a verb: run(job, options) -> result. Stages know no adapter, no environment variable, and not each other."""
