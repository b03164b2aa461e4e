import stripe
from stripe import SignatureVerificationError, Webhook


def handler(event, context):
    return str(
        (
            stripe.StripeClient("sk_test_a").customers,
            SignatureVerificationError.__name__,
            Webhook.DEFAULT_TOLERANCE,
        )
    )
