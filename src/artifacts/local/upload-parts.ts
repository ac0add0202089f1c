import type { Upload, UploadedPart } from '../../store/objects/object-index.ts';
import type { ObjectCall } from '../protocol/call.ts';
import { checksumElement } from '../protocol/checksum.ts';
import { quoteEtag, readEtag } from '../protocol/etag.ts';
import { maxListBytes, readSmallPayload } from '../protocol/payload.ts';
import { refusals, S3Error } from '../protocol/s3-error.ts';
import { childElements, childText, parseLongXml } from '../protocol/xml.ts';

const maxParts = 10_000;

/** `Part` itself, its number, its ETag and one checksum per algorithm. */
const elementsOfPart = 8;

/** Minimum size of every part but the last. */
const minPartBytes = 5 * 1024 * 1024;

/** A part as listed by the client in CompleteMultipartUpload. */
export interface ListedPart {
  partNumber: number;
  /** Without quotes. */
  etag: string;
  element: Record<string, unknown>;
}

/** Reads the document of CompleteMultipartUpload; throws InvalidPartOrder if parts are out of order. */
export async function readPartList(call: ObjectCall): Promise<ListedPart[]> {
  const text = await readSmallPayload(call, 'of the object', maxListBytes);
  const root = await parseLongXml(text, 'CompleteMultipartUpload', maxParts * elementsOfPart);
  const elements = childElements(root, 'Part');
  if (elements.length === 0 || elements.length > maxParts) throw refusals.malformedXml('between 1 and 10000 parts');
  const listed = elements.map((element) => {
    const number = childText(element, 'PartNumber')?.trim() ?? '';
    const etag = childText(element, 'ETag');
    if (!/^\d{1,5}$/.test(number) || etag === undefined) throw refusals.malformedXml('a part has no number or no ETag');
    return { partNumber: Number(number), etag: readEtag(etag), element };
  });
  if (
    listed.some(({ partNumber }, position) => position > 0 && partNumber <= (listed[position - 1]?.partNumber ?? 0))
  ) {
    throw new S3Error(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    );
  }
  return listed;
}

/** Returns the uploaded parts that the client lists; throws if one differs from the list or is too small. */
export function chooseParts(
  call: ObjectCall,
  upload: Upload,
  listed: ListedPart[],
  uploaded: UploadedPart[],
): UploadedPart[] {
  const byNumber = new Map(uploaded.map((part) => [part.partNumber, part]));
  const chosen = listed.map(({ partNumber, etag, element }) => {
    const part = byNumber.get(partNumber);
    const { checksumAlgorithm } = upload;
    const checksum = checksumAlgorithm && childText(element, checksumElement(checksumAlgorithm));
    const isSame = part?.etag === etag && (!checksum || checksum === part.checksum);
    if (!part || !isSame) throw refusals.invalidPart();
    return part;
  });
  const tooSmall = chosen.slice(0, -1).find(({ size }) => size < minPartBytes);
  if (tooSmall) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      elements: {
        ETag: quoteEtag(tooSmall.etag),
        MinSizeAllowed: minPartBytes,
        PartNumber: tooSmall.partNumber,
        ProposedSize: tooSmall.size,
      },
    });
  }
  checkSize(call, chosen);
  return chosen;
}

function checkSize(call: ObjectCall, parts: UploadedPart[]): void {
  const declared = call.header('x-amz-mp-object-size');
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (declared === undefined || Number(declared) === size) return;
  throw new S3Error(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${size}`,
  );
}
