// Stands for a harness child that never answers.
setInterval(() => undefined, 1000);
