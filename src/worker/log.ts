/** Where the runtime writes its log: fields first, then a sentence, as pino takes them. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log of warnings and errors, a line each, on standard error: a worker that fails in silence looks like one without jobs. */
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
