import type { BuildTestCase } from '../../model/build.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';

/** Stores the test cases of a build that ends. */
export async function insertTestCases(
  sql: Statements,
  { account, region }: Scope,
  id: string,
  testCases: BuildTestCase[],
): Promise<void> {
  if (testCases.length === 0) return;
  await sql.run(
    'insert into build_test_cases (account, region, id, test_cases) values (?, ?, ?, ?)',
    account,
    region,
    id,
    JSON.stringify(testCases),
  );
}

/** Returns the test cases of a build, in the order of its reports. */
export async function testCasesOf(sql: Statements, { account, region }: Scope, id: string): Promise<BuildTestCase[]> {
  const row = await sql.get<{ test_cases: string }>(
    'select test_cases from build_test_cases where account = ? and region = ? and id = ?',
    account,
    region,
    id,
  );
  return row ? (JSON.parse(row.test_cases) as BuildTestCase[]) : [];
}
