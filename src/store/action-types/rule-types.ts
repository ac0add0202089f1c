import type { RuleType } from '../../contract/generated.ts';
import { actionTypeKey, type CataloguedRuleType, ruleTypeId } from '../../model/action-type.ts';
import { declaredRules, type StoredDeclaration } from '../../model/pipeline.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { takeLock } from '../settings.ts';

/** The catalogue of rule types, all of them AWS's own. */
export function ruleTypeRows(database: Database) {
  return bind(database, 'write', { replace: replaceRuleTypes });
}

/**
 * Replaces the rule types by exactly `types`, under a lock: two nodes would both insert what the other has not committed
 * yet.
 */
async function replaceRuleTypes(sql: Statements, types: CataloguedRuleType[]): Promise<void> {
  await takeLock(sql, 'built-in types');
  await sql.run('delete from rule_types');
  for (const { definition, timeoutMs, lacksProvider } of types) {
    await sql.run(
      'insert into rule_types (type_key, definition, timeout_ms, lacks_provider) values (?, ?, ?, ?)',
      actionTypeKey(ruleTypeId(definition.id)),
      JSON.stringify(definition),
      timeoutMs,
      lacksProvider ? 1 : 0,
    );
  }
}

/** Finds the types of a declaration's rules. */
export async function findRuleTypes(sql: Statements, { stages }: StoredDeclaration): Promise<CataloguedRuleType[]> {
  const keys = new Set(declaredRules(stages).map((rule) => actionTypeKey(ruleTypeId(rule.ruleTypeId))));
  const types: CataloguedRuleType[] = [];
  for (const key of keys) {
    const row = await sql.get<{ definition: string; timeout_ms: number; lacks_provider: number }>(
      'select definition, timeout_ms, lacks_provider from rule_types where type_key = ?',
      key,
    );
    if (!row) continue;
    types.push({
      definition: JSON.parse(row.definition) as RuleType,
      timeoutMs: row.timeout_ms,
      ...(row.lacks_provider === 1 ? { lacksProvider: true } : {}),
    });
  }
  return types;
}
