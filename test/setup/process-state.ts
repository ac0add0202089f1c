// Test files share processes. A server that runs inside the test closes new files to other users for the whole process.
process.umask(0o022);
