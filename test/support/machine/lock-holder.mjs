// Another program that wants the data folder: takes SQLite's lock on the file it is given, the way a second server
// would, says on stdout whether it has it, and keeps it until it is killed. A test starts it as a real process.
import { DatabaseSync } from '@photostructure/sqlite';

const lock = new DatabaseSync(process.argv[2] ?? '');
// A handle that nothing refers to any more is collected, and its lock with it.
globalThis.keptLock = lock;
try {
  lock.exec('pragma busy_timeout = 0; begin exclusive');
  process.stdout.write('held\n');
  process.stdin.resume();
} catch {
  process.stdout.write('refused\n');
  lock.close();
}
