/** The operations of our own API; policies name them as `millrace:<name>`. */
export const adminOperationNames = [
  'CreateAccessKey',
  'CreateThirdPartyClient',
  'DeleteAccessKey',
  'DeleteThirdPartyClient',
  'DeregisterActionType',
  'FailJob',
  'GetJob',
  'GetJobLog',
  'ListAccessKeys',
  'ListJobs',
  'ListRegisteredActionTypes',
  'ListThirdPartyClients',
  'PutJobLog',
  'RegisterActionType',
  'RotateAccessKey',
  'RotateMasterKey',
] as const;
