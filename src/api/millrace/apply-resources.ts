import { ServiceError } from '../../contract/errors.ts';
import type { DeclaredResource, ResourceChange } from '../../contract/generated.ts';
import { authorize } from '../../identity/policies/authorize.ts';
import type { Origin } from '../../model/job-event.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Resource } from '../../model/resource.ts';
import { readProject } from '../../projects/project.ts';
import { findMistakes, nameMistake } from '../../resources/check-document.ts';
import { compareDocuments } from '../../resources/compare-documents.ts';
import { resourceKinds } from '../../resources/resource-kinds.ts';
import { openDocument, sealDocument } from '../../resources/seal-document.ts';
import type { Dependencies } from '../dependencies.ts';
import { type OwnCall, ownOperation } from './operation.ts';
import { everyNamedResource } from './resources.ts';

/** Stores resources, or says what would change. */
export const applyResources = ownOperation('ApplyResources', {
  resource: everyNamedResource,
  async run({ resources, dryRun = false }, call, dependencies) {
    const { account, region, origin } = call;
    const read = readResources(resources, call);
    requirePassedRoles(read, call, dependencies);
    return { changes: await storeResources(read, { scope: { account, region }, origin, dryRun }, dependencies) };
  },
});

/** With strict roles a caller passes only roles that its policies allow, as in CreateProject. Throws AccessDeniedException. */
function requirePassedRoles(
  resources: Resource[],
  call: OwnCall,
  { settings: { assumableRoles } }: Pick<Dependencies, 'settings'>,
): void {
  if (!assumableRoles) return;
  const context = { 'iam:PassedToService': 'codebuild.amazonaws.com' };
  const projects = resources.filter(({ kind }) => kind === 'Project');
  const roles = new Set(projects.map((project) => readProject(project, call).serviceRole));
  for (const role of roles) {
    const decision = authorize(call.caller, { action: 'iam:PassRole', resources: [role], context });
    if (!decision.isAllowed) throw new ServiceError('AccessDeniedException', decision.message);
  }
}

/** Stores the resources that differ from those stored, and returns what changes; with `dryRun` only returns it. */
export async function storeResources(
  resources: Resource[],
  { scope, origin, dryRun = false }: { scope: Scope; origin: Origin; dryRun?: boolean },
  dependencies: Pick<Dependencies, 'store' | 'sealer' | 'now'>,
): Promise<ResourceChange[]> {
  const { store, sealer, now } = dependencies;
  const changes = await Promise.all(resources.map((resource) => compare(resource, scope, dependencies)));
  const changed = resources.filter((_, index) => changes[index]?.outcome !== 'Unchanged');
  if (dryRun || changed.length === 0) return changes;
  const sealed = changed.map((resource) => ({ ...resource, document: sealDocument(sealer, scope, resource) }));
  await store.resources.put(scope, sealed, { at: now(), origin });
  const kinds = changed.map(({ kind }) => kind);
  await store.sourceWatches.requestChecksOf(scope, kinds, now());
  return changes;
}

/** Returns the resources of an input. Throws ValidationException with every mistake. */
function readResources(declared: DeclaredResource[], call: OwnCall): Resource[] {
  const mistakes: string[] = [];
  const resources = declared.map(({ kind, name, document: text }) => {
    const report = (message: string) => void mistakes.push(`${kind} '${name}': ${message}`);
    const mistake = nameMistake(name, resourceKinds[kind]);
    if (mistake !== undefined) report(`${mistake}.`);
    const document = readObject(text);
    if (!document) report('the document is not a JSON object.');
    for (const { message } of document ? findMistakes(resourceKinds[kind], document) : []) report(message);
    // The permission to apply resources must not open the server's files.
    if (String(document?.url).startsWith('file:') && call.caller.kind !== 'root') {
      report('url: only a root key can name a repository on the disk of the server.');
    }
    return { kind, name, document: (document ?? {}) as Resource['document'] };
  });
  const names = resources.map(({ kind, name }) => `${kind} '${name}'`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) mistakes.push(`${repeated} is there more than once.`);
  if (mistakes.length > 0) throw new ServiceError('ValidationException', mistakes.join('\n'));
  return resources;
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function compare(
  resource: Resource,
  scope: Scope,
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
): Promise<ResourceChange> {
  const { kind, name, document } = resource;
  const stored = await store.resources.find(scope, kind, name);
  const before = stored ? openDocument(sealer, scope, stored) : {};
  const differences = compareDocuments(resourceKinds[kind], before, document);
  const outcome = !stored ? 'Created' : differences.length > 0 ? 'Updated' : 'Unchanged';
  return { kind, name, outcome, differences };
}
