/** What an authenticator needs to know a key of RFC 6238, typed or scanned. `secret` is hex. */
export async function authenticatorKey(secret: string, { login, office }: { login: string; office: string }): Promise<{ key: string; uri: string; qr: { size: number; path: string } }> {
  const { Secret, TOTP } = await import('otpauth')
  const key = Secret.fromHex(secret)
  // A colon parts issuer and label in the address.
  const totp = new TOTP({ issuer: `Okno ${office}`.replaceAll(':', ' '), label: login, secret: key, algorithm: 'SHA1', digits: 6, period: 30 })
  const uri = totp.toString()
  return { key: key.base32.match(/.{1,4}/g)?.join(' ') ?? '', uri, qr: await qrPath(uri) }
}

/** Dark squares as one path, with the quiet zone of four that scanners need. */
async function qrPath(text: string): Promise<{ size: number; path: string }> {
  const { default: QRCode } = await import('qrcode')
  const { size, data } = QRCode.create(text, { errorCorrectionLevel: 'M' }).modules
  const squares: string[] = []
  data.forEach((isDark, index) => {
    if (isDark) squares.push(`M${(index % size) + 4} ${Math.floor(index / size) + 4}h1v1h-1z`)
  })
  return { size: size + 8, path: squares.join('') }
}
