import type { OwnOperationName } from '../../contract/model.ts';
import { createAccessKey, deleteAccessKey, listAccessKeys, rotateAccessKey } from './access-keys.ts';
import { deregisterActionType, listRegisteredActionTypes, registerActionType } from './action-types.ts';
import { applyResources } from './apply-resources.ts';
import { listAuditEntries } from './audit-entries.ts';
import { claimBuilds } from './claim-builds.ts';
import { finishBuild, putBuildProgress, releaseBuild, renewBuild } from './claimed-builds.ts';
import { listEventDeliveries, redeliverEvents } from './event-deliveries.ts';
import { failJob } from './fail-job.ts';
import { getJob } from './get-job.ts';
import { getHook, listHookEvents, listHooks } from './hooks.ts';
import { listEvents } from './list-events.ts';
import { listJobs } from './list-jobs.ts';
import { getJobLog, putJobLog } from './logs/job-logs.ts';
import { putBuildLog } from './logs/put-build-log.ts';
import { describeLog, getLog, searchLog } from './logs/read-logs.ts';
import { deleteResource, getResource, listResources } from './named-resources.ts';
import type { OwnOperation } from './operation.ts';
import { rotateMasterKey } from './rotate-master-key.ts';
import { createThirdPartyClient, deleteThirdPartyClient, listThirdPartyClients } from './third-party-clients.ts';

/** Every operation of our own API by name: one that its model has and this record lacks does not compile. */
export const ownOperations: { [Name in OwnOperationName]: OwnOperation<Name> } = {
  ApplyResources: applyResources,
  ClaimBuilds: claimBuilds,
  CreateAccessKey: createAccessKey,
  CreateThirdPartyClient: createThirdPartyClient,
  DeleteAccessKey: deleteAccessKey,
  DeleteResource: deleteResource,
  DeleteThirdPartyClient: deleteThirdPartyClient,
  DeregisterActionType: deregisterActionType,
  DescribeLog: describeLog,
  FailJob: failJob,
  FinishBuild: finishBuild,
  GetHook: getHook,
  GetJob: getJob,
  GetJobLog: getJobLog,
  GetLog: getLog,
  GetResource: getResource,
  ListAccessKeys: listAccessKeys,
  ListAuditEntries: listAuditEntries,
  ListEventDeliveries: listEventDeliveries,
  ListEvents: listEvents,
  ListHookEvents: listHookEvents,
  ListHooks: listHooks,
  ListJobs: listJobs,
  ListRegisteredActionTypes: listRegisteredActionTypes,
  ListResources: listResources,
  ListThirdPartyClients: listThirdPartyClients,
  PutBuildLog: putBuildLog,
  PutBuildProgress: putBuildProgress,
  PutJobLog: putJobLog,
  RedeliverEvents: redeliverEvents,
  RegisterActionType: registerActionType,
  ReleaseBuild: releaseBuild,
  RenewBuild: renewBuild,
  RotateAccessKey: rotateAccessKey,
  RotateMasterKey: rotateMasterKey,
  SearchLog: searchLog,
};
