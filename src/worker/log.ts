/** The log of the runtime: fields first, then a message, as in pino. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Logs warnings and errors to standard error: a worker that fails silently looks like one without jobs. */
export const warningsLog: Log = {
  info: () => undefined,
  warn: (fields, message) => writeLine('warning', fields, message),
  error: (fields, message) => writeLine('error', fields, message),
};

function writeLine(level: string, fields: object, message: string): void {
  const { err, jobId } = fields as { err?: unknown; jobId?: unknown };
  const job = typeof jobId === 'string' ? ` job ${jobId}:` : '';
  const cause = err === undefined ? '' : `: ${err instanceof Error ? err.message || err.name : String(err)}`;
  console.error(`${new Date().toISOString()} millrace worker ${level}:${job} ${message}${cause}`);
}
