/**
 * That a row which is found by its id is one of a pipeline; takes one parameter. It is said so that no index answers it:
 * before PostgreSQL has statistics it may look for the id among all rows of the pipeline.
 */
export function inPipeline(column: string): string {
  return `${column} || '' = ?`;
}
