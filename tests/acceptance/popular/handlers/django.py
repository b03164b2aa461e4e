from apig_wsgi import make_lambda_handler
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    ROOT_URLCONF=__name__,
)


def orders(request):
    from django.contrib.auth.models import User
    from django.db.models import Q

    query = User.objects.filter(Q(username="a")).query
    return JsonResponse({"count": 2, "table": "auth_user" in str(query)})


urlpatterns = [path("", orders)]
as_lambda = make_lambda_handler(get_wsgi_application())


def handler(event, context):
    return str((as_lambda(event, None)["body"],))
