-- What the providers' portals may read and write: the role okno_portal.
set local role okno_owner;

reset role;
