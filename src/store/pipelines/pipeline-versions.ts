import type { Pipeline, StoredDeclaration } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';

export async function insertVersion(
  sql: Statements,
  pipeline: Pipeline,
  declaration: StoredDeclaration,
): Promise<void> {
  await sql.run(
    `insert into pipeline_versions (pipeline_id, version, declaration, pipeline_type, execution_mode)
     values (?, ?, ?, ?, ?)`,
    pipeline.id,
    pipeline.version,
    JSON.stringify(declaration),
    declaration.pipelineType,
    declaration.executionMode,
  );
}

/** Finds the declaration of a version. */
export async function findDeclaration(
  sql: Statements,
  pipelineId: string,
  version: number,
): Promise<StoredDeclaration | undefined> {
  const text = await findDeclarationText(sql, pipelineId, version);
  if (text === undefined) return undefined;
  await nextTurn(text.length);
  return JSON.parse(text) as StoredDeclaration;
}

/** Finds the declaration of a version as JSON. */
export async function findDeclarationText(
  sql: Statements,
  pipelineId: string,
  version: number,
): Promise<string | undefined> {
  const row = await sql.get<{ declaration: string }>(
    'select declaration from pipeline_versions where pipeline_id = ? and version = ?',
    pipelineId,
    version,
  );
  return row?.declaration;
}

/** A declaration with more characters takes milliseconds to parse, to check and to write. */
const largeCharacters = 200_000;

/**
 * Yields to the event loop between two long steps over a text of this length. Only for when no other statement of the
 * transaction is in flight: one that failed meanwhile would end the transaction.
 */
export async function nextTurn(characters: number): Promise<void> {
  if (characters > largeCharacters) await new Promise((resolve) => setImmediate(resolve));
}
