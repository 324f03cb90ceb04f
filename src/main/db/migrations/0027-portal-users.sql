-- Portal users: registering, links, blocking, PIN and registration requests.
set local role okno_owner;

reset role;
