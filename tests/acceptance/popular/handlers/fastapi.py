from fastapi import Depends, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from mangum import Mangum
from pydantic import BaseModel


class Order(BaseModel):
    count: int


app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"])


@app.get("/")
async def orders(order: int = Depends(lambda: 1)) -> JSONResponse:
    if not order:
        raise HTTPException(404)
    return JSONResponse(Order(count=order).model_dump())


as_lambda = Mangum(app, lifespan="off")


def handler(event, context):
    return str((as_lambda(event, None)["body"],))
