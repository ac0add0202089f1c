import { leaseLost, leaseOf, namedBuild } from '../build-claims.ts';
import { ownOperation } from '../operation.ts';

/** Appends a build's output, in which its runner has masked secrets. */
export const putBuildLog = ownOperation('PutBuildLog', {
  resource: namedBuild,
  async run(input, call, { store, logs, now, settings }) {
    const { text, offset, omittedBytes } = input;
    const lease = leaseOf(input, call);
    const { scope, id } = lease;
    const build = await store.builds.find(scope, id);
    if (!build) throw leaseLost(input.buildArn);
    const end = await logs.appendToBuild(lease, {
      log: { ...scope, id, group: build.order.logGroup, stream: build.order.logStream },
      text,
      at: now(),
      limitBytes: settings.buildLogBytes,
      hasLastLines: true,
      ...(offset !== undefined && { offset }),
      ...(omittedBytes !== undefined && { omittedBytes }),
    });
    if (!end) throw leaseLost(input.buildArn);
    return end;
  },
});
