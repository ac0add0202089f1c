import { type BuildLease, lockClaimed } from '../builds/claimed-builds.ts';
import { bind, type Database } from '../database.ts';
import type { Notifications } from '../notifications.ts';
import { appendLog } from './append-log.ts';
import { listGroups, listStreams } from './list-logs.ts';
import { addBlock, forgetRemoved, nextRemoved, readUnsealed } from './log-blocks.ts';
import type { LogEnd, LogWrite } from './log-model.ts';
import { findLine, findLog, findStream, findTime, listMarks, readParts } from './read-log.ts';

export type { BuildLease } from '../builds/claimed-builds.ts';
export { idleLogMs, logBlocksKind } from './append-log.ts';
export type * from './log-model.ts';

/** The logs of builds and jobs. */
export function logRows(database: Database, notifications: Notifications) {
  return {
    /** Appends to the log of a job; undefined if the job is not in progress. See `appendLog`. */
    async appendToJob(write: LogWrite): Promise<LogEnd | undefined> {
      const end = await database.write(async (sql) => {
        const query = 'select status from jobs where id = ? {{for update}}';
        const job = await sql.get<{ status: string }>(query, write.log.id);
        return job?.status === 'InProgress' ? appendLog(sql, write) : undefined;
      });
      notifications.wake([logWake(write.log.id)]);
      return end;
    },
    /** Appends to the log of a build; undefined if the lease is lost or the build has ended. */
    async appendToBuild(lease: BuildLease, write: LogWrite): Promise<LogEnd | undefined> {
      const end = await database.write(async (sql) =>
        (await lockClaimed(sql, lease)) ? appendLog(sql, write) : undefined,
      );
      notifications.wake([logWake(write.log.id)]);
      return end;
    },
    ...bind(database, 'read', {
      find: findLog,
      findStream,
      parts: readParts,
      findLine,
      findTime,
      marks: listMarks,
      groups: listGroups,
      streams: listStreams,
      unsealed: readUnsealed,
      nextRemoved,
    }),
    ...bind(database, 'write', { addBlock }),
    ...bind(database, 'writeToFree', { forgetRemoved }),
  };
}
export type LogRows = ReturnType<typeof logRows>;

/** Returns the name to notify when a log has grown or is complete. */
export function logWake(id: string): string {
  return `log of ${id}`;
}
