import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, hourMs } from './built-in-type.ts';
import { codeBuildParts } from './code-build.ts';
import { optional, required } from './property.ts';

const category = 'Test';

/** What tests a revision (behaviour D.2). */
export const testTypes: readonly CataloguedActionType[] = [
  builtInType({ category, ...codeBuildParts, timeoutMs: 8 * hourMs }),
  builtInType({
    category,
    provider: 'DeviceFarm',
    inputs: [1, 1],
    properties: [
      required('AppType', '`iOS`, `Android` or `Web`.'),
      required('ProjectId', 'The Device Farm project.'),
      required('App', 'Where the application is in the input artifact.'),
      required('AppiumVersion', 'The Appium version the tests are written for.'),
      required('DevicePoolArn', 'The devices to test on.'),
      required('TestType', 'The kind of test to run.'),
      optional('Test', 'Where the tests are in the input artifact.'),
      optional('RadioBluetoothEnabled', 'Whether Bluetooth is on.'),
      optional('RadioWifiEnabled', 'Whether Wi-Fi is on.'),
      optional('RadioNfcEnabled', 'Whether NFC is on.'),
      optional('RadioGpsEnabled', 'Whether GPS is on.'),
      optional('RecordAppPerformanceData', 'Whether performance is measured.'),
      optional('RecordVideo', 'Whether the tests are filmed.'),
      optional('FuzzEventCount', 'How many events a fuzz test makes, 1 to 10,000.'),
      optional('FuzzEventThrottle', 'Milliseconds between two events of a fuzz test, 1 to 1,000.'),
      optional('FuzzRandomizerSeed', 'The seed of a fuzz test.'),
      optional('CustomHostMachineArtifacts', 'What is kept of the host machine.'),
      optional('CustomDeviceArtifacts', 'What is kept of the device.'),
      optional('UnmeteredDevicesOnly', 'Whether only unmetered devices are used.'),
      optional('JobTimeoutMinutes', 'How long the tests may take on one device.'),
      optional('Latitude', 'The latitude the device reports.'),
      optional('Longitude', 'The longitude the device reports.'),
    ],
  }),
];
