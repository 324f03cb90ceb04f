#!/bin/sh
# CUPS backend "capture:/DIR": stores every job it is given (document + its options) in DIR.
# "capture:/DIR?fail" refuses every job the way a broken printer does, "capture:/DIR?cancel" throws it out.
# While there is a file DIR/trouble-QUEUE the printer waits as one without paper or with a jam does: it tells the reason that stands in the file.
[ $# -eq 0 ] && { echo 'direct capture "Unknown" "Test capture"'; exit 0; }
PLACE=${DEVICE_URI#capture:}
DIR=${PLACE%%\?*}
case "$PLACE" in
  *\?fail) cat ${6:+"$6"} > /dev/null; echo 'ERROR: The printer does not answer.' >&2; exit 4 ;; # CUPS_BACKEND_STOP: the queue stops
  *\?cancel) cat ${6:+"$6"} > /dev/null; echo 'ERROR: The document cannot be printed.' >&2; exit 5 ;; # CUPS_BACKEND_CANCEL
esac
# As a real backend does: what the printer told before the server was restarted is no longer so.
echo 'STATE: -media-empty-error,media-empty-warning,media-jam-error,cover-open,toner-empty-error,offline-report' >&2
TROUBLE="$DIR/trouble-$PRINTER"
if [ -f "$TROUBLE" ]; then
  REASON=$(cat "$TROUBLE")
  trap 'echo "STATE: -$REASON" >&2; exit 0' TERM
  echo "STATE: +$REASON" >&2
  echo "ERROR: The printer needs attention." >&2
  while [ -f "$TROUBLE" ]; do sleep 0.1; done
  echo "STATE: -$REASON" >&2
  echo "INFO: Printing" >&2
fi
{ echo "id=$1"; echo "user=$2"; echo "title=$3"; echo "copies=$4"; echo "options=$5"; echo "printer=$PRINTER"; echo "type=$FINAL_CONTENT_TYPE"; } > "$DIR/job-$1.txt"
if [ -n "$6" ]; then cp "$6" "$DIR/.tmp-$1"; else cat > "$DIR/.tmp-$1"; fi
mv "$DIR/.tmp-$1" "$DIR/job-$1.bin"
