/** The keys (see `actionTypeKey`) of the types that only V2 pipelines may use (behaviour B.4). */
export const v2OnlyTypeKeys: ReadonlySet<string> = new Set([
  'Build/AWS/ECRBuildAndPublish/1',
  'Compute/AWS/Commands/1',
  'Deploy/AWS/EC2/1',
  'Deploy/AWS/EKS/1',
  'Deploy/AWS/Lambda/1',
  'Invoke/AWS/CodePipeline/1',
]);
