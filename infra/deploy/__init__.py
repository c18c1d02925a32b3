"""What `make deploy` needs beside SAM. AWS is asked by boto3, with the credentials of whoever deploys."""
