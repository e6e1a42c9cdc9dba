import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A device that holds one passkey, as a browser would ask it (Web Authentication, Level 2). */
export interface PasskeyDevice {
  register(options: { challenge: string; rp: { id?: string } }): object;
  signIn(options: { challenge: string; rpId?: string }): { response: { signature: string } };
}

const USER_PRESENT_AND_VERIFIED = 0x05;
const WITH_CREDENTIAL = 0x40;

/** It knows one algorithm, ES256, and attests to nothing. */
export function createPasskeyDevice({ origin }: { origin: string }): PasskeyDevice {
  const { hostname } = new URL(origin);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const credentialId = randomBytes(16);
  const id = credentialId.toString('base64url');
  let uses = 0;

  const clientData = (type: string, challenge: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const authenticatorData = (flags: number): Buffer => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(uses);
    uses += 1;
    return Buffer.concat([sha256(Buffer.from(hostname)), Buffer.from([flags]), counter]);
  };
  // CBOR, RFC 8949: a COSE key (RFC 9053) of type EC2 for ES256 on P-256.
  const coseKey = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ]);
  const common = { id, rawId: id, type: 'public-key', clientExtensionResults: {} };
  return {
    register: ({ challenge }) => {
      const credential = Buffer.concat([
        Buffer.alloc(16),
        Buffer.from([0, credentialId.length]),
        credentialId,
        coseKey,
      ]);
      const data = Buffer.concat([authenticatorData(USER_PRESENT_AND_VERIFIED | WITH_CREDENTIAL), credential]);
      const attestation = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
        Buffer.from([0x58, data.length]),
        data,
      ]);
      const response = {
        clientDataJSON: clientData('webauthn.create', challenge).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      };
      return { ...common, response };
    },
    signIn: ({ challenge }) => {
      const client = clientData('webauthn.get', challenge);
      const data = authenticatorData(USER_PRESENT_AND_VERIFIED);
      const response = {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', Buffer.concat([data, sha256(client)]), privateKey).toString('base64url'),
      };
      return { ...common, response };
    },
  };
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
