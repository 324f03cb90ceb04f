import { Secret, TOTP } from 'otpauth'
import QRCode from 'qrcode'

/** What an authenticator needs to know a key of RFC 6238, typed or scanned. `secret` is hex. */
export function authenticatorKey(secret: string, { login, office }: { login: string; office: string }): { key: string; uri: string; qr: { size: number; path: string } } {
  const key = Secret.fromHex(secret)
  // A colon parts issuer and label in the address.
  const totp = new TOTP({ issuer: `Okno ${office}`.replaceAll(':', ' '), label: login, secret: key, algorithm: 'SHA1', digits: 6, period: 30 })
  const uri = totp.toString()
  return { key: key.base32.match(/.{1,4}/g)?.join(' ') ?? '', uri, qr: qrPath(uri) }
}

/** Dark squares as one path, with the quiet zone of four that scanners need. */
function qrPath(text: string): { size: number; path: string } {
  const { size, data } = QRCode.create(text, { errorCorrectionLevel: 'M' }).modules
  const squares: string[] = []
  data.forEach((isDark, index) => {
    if (isDark) squares.push(`M${(index % size) + 4} ${Math.floor(index / size) + 4}h1v1h-1z`)
  })
  return { size: size + 8, path: squares.join('') }
}
