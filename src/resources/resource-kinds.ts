import type { ResourceKind } from '../model/resource.ts';
import { connection } from './connection.ts';
import { eventTarget } from './event-target.ts';
import { parameter } from './parameter.ts';
import { project } from './project.ts';
import { registry } from './registry.ts';
import { repository } from './repository.ts';
import type { KindDescription } from './resource-kind.ts';
import { secret } from './secret.ts';

/** Every kind of resource. */
export const resourceKinds: { [Kind in ResourceKind]: KindDescription } = {
  EventTarget: eventTarget,
  Registry: registry,
  Connection: connection,
  Repository: repository,
  Parameter: parameter,
  Secret: secret,
  Project: project,
};
