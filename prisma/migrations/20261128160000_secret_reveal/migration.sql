-- By default OWNER's alone; an organization that has changed its owners' permissions gives it to them itself.
ALTER TYPE "permission" ADD VALUE 'SECRET_REVEAL';
