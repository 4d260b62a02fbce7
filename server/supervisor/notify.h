/* What systemd is told (sd_notify(3)): a datagram to the socket named in NOTIFY_SOCKET. */
#ifndef MINTMARK_SERVER_SUPERVISOR_NOTIFY_H
#define MINTMARK_SERVER_SUPERVISOR_NOTIFY_H

/* `state` like "READY=1". Does nothing when nobody asked; a failure changes nothing for us. */
void notify_send(const char *state);

#endif
