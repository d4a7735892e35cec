#!/bin/bash
# Signs programs and installers where they are (Authenticode), or leaves them if no key is named.
set -euo pipefail

if [ $# -eq 0 ] || [ "$1" = -h ] || [ "$1" = --help ]; then
  cat <<'END'
usage: sign.sh FILE...

  GOVNET_SIGN_PFX       PKCS#12 file of the certificate and its key; without it nothing is signed
  GOVNET_SIGN_PASSWORD  file that holds the password of GOVNET_SIGN_PFX (not the password)
  GOVNET_SIGN_TIME_URL  time stamp service; left out where there is no Internet: then the signature
                        ends with the certificate
END
  [ $# -gt 0 ] || exit 2
  exit 0
fi
[ -n "${GOVNET_SIGN_PFX-}" ] || exit 0
for file in "$@"; do
  osslsigncode sign -pkcs12 "$GOVNET_SIGN_PFX" -readpass "${GOVNET_SIGN_PASSWORD:?names the file of the password}" \
    -h sha256 -n govnet ${GOVNET_SIGN_TIME_URL:+-ts "$GOVNET_SIGN_TIME_URL"} -in "$file" -out "$file.signed" >/dev/null
  mv "$file.signed" "$file"
done
