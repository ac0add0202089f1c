import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, hourMs } from './built-in-type.ts';
import { codeBuildParts } from './code-build.ts';
import { optional, required } from './property.ts';

const category = 'Test';

/** Test types (behaviour D.2). */
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
      optional('RecordAppPerformanceData', 'Whether to measure performance.'),
      optional('RecordVideo', 'Whether to record a video.'),
      optional('FuzzEventCount', 'The number of events of a fuzz test, 1 to 10,000.'),
      optional('FuzzEventThrottle', 'Milliseconds between events of a fuzz test, 1 to 1,000.'),
      optional('FuzzRandomizerSeed', 'The seed of a fuzz test.'),
      optional('CustomHostMachineArtifacts', 'The artifacts to keep from the host machine.'),
      optional('CustomDeviceArtifacts', 'The artifacts to keep from the device.'),
      optional('UnmeteredDevicesOnly', 'Whether to use only unmetered devices.'),
      optional('JobTimeoutMinutes', 'The time-out of the tests on one device.'),
      optional('Latitude', 'The latitude the device reports.'),
      optional('Longitude', 'The longitude the device reports.'),
    ],
  }),
];
