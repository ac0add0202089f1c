import { createHash } from 'node:crypto';

/**
 * Fills in `{datetime}` (UTC, `YYYY-MM-DD_HH-MM-SS`) and `{uuid}` (behaviour D.5). The uuid is derived from the job id,
 * so that a job performed again writes the same key; a `{datetime}` does move with the repetition.
 */
export function resolveObjectKey(template: string, jobId: string, deployedAt: number): string {
  const datetime = new Date(deployedAt).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
  return template.replaceAll('{datetime}', datetime).replaceAll('{uuid}', uuidOf(jobId));
}

function uuidOf(jobId: string): string {
  const hex = createHash('sha256').update(jobId).digest('hex');
  // Version 8, "made by the application's own rule", and the usual variant (RFC 9562).
  const text = `${hex.slice(0, 12)}8${hex.slice(13, 16)}a${hex.slice(17, 32)}`;
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
